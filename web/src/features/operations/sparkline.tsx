import { useState } from 'react';

const kept = 60;

/** The values a figure had since the page was opened, two minutes at most. `at` is when the value was read. */
export const useTrail = (value: number | undefined, at: number) => {
  const [trail, setTrail] = useState<{ at: number; values: number[] }>({ at: 0, values: [] });
  // Adjusted while rendering: the trail depends on nothing but what was rendered before.
  if (value !== undefined && at > trail.at) setTrail({ at, values: [...trail.values, value].slice(-kept) });
  return trail.values;
};

/** The course of a figure as a line; it repeats what the number says, so it is not read out. */
export const Sparkline = ({ values }: { values: number[] }) => {
  if (values.length < 2) return <svg className="spark" viewBox="0 0 120 28" aria-hidden="true" />;
  const top = Math.max(...values, 1e-9);
  const bottom = Math.min(...values, 0);
  const points = values.map((value, index) => `${(120 - (values.length - 1 - index) * (120 / (kept - 1))).toFixed(1)},${(26 - ((value - bottom) / (top - bottom)) * 24).toFixed(1)}`);
  return <svg className="spark" viewBox="0 0 120 28" preserveAspectRatio="none" aria-hidden="true"><polyline points={points.join(' ')} /></svg>;
};
