import { createContext, useContext } from 'react';

/** `effective`: by business date, "true on that day". `recorded`: by the time of entry, "known on that day". */
export type Basis = 'effective' | 'recorded';
export interface AsOf {
  /** Instant the screen shows; undefined is now. */
  asOf?: string;
  basis: Basis;
  /** Parameters to add to a query. */
  query: { asOf?: string; basis?: Basis };
  set: (asOf: string | undefined, basis?: Basis) => void;
}

export const presentTime: AsOf = { basis: 'effective', query: {}, set: () => undefined };
export const AsOfContext = createContext<AsOf>(presentTime);
/** The instant the surrounding screen is set to. A screen in the past is read-only. */
export const useAsOf = () => useContext(AsOfContext);
