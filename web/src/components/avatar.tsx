import './avatar.css';

/** Initials of a person on a colour made from the name; decoration only, the name stands beside it. */
export const Avatar = ({ name, size = 24 }: { name: string; size?: number }) => {
  const hue = [...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)!) % 360, 7);
  const chinese = /\p{Script=Han}/u.test(name);
  const text = chinese ? name.slice(-2) : name.split(/\s+/).map((word) => word[0]).join('').slice(0, 2).toUpperCase();
  return <span className="avatar" aria-hidden="true" style={{ width: size, height: size, fontSize: size * 0.42, backgroundColor: `hsl(${hue} 42% 42%)` }}>{text}</span>;
};
