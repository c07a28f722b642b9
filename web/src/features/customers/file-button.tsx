import { useRef, useState, type ReactNode } from 'react';

/** Chooses files: by click, by keyboard, by dropping them on it; on a phone from the camera or the pictures too. */
export const FileButton = ({ label, children, onFiles }: { label: string; children: ReactNode; onFiles: (files: File[]) => void }) => {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  return (
    <>
      <button
        type="button" className="file-button" data-over={over} aria-label={label} onClick={() => input.current?.click()}
        onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)}
        onDrop={(event) => { event.preventDefault(); setOver(false); onFiles([...event.dataTransfer.files]); }}
      >
        {children}
      </button>
      <input ref={input} type="file" multiple hidden data-testid="files" onChange={(event) => { onFiles([...(event.target.files ?? [])]); event.target.value = ''; }} />
    </>
  );
};
