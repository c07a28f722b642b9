import type { ReactNode } from 'react';
import './empty-state.css';

/** Nothing to show: says why and what to do first. */
export const EmptyState = ({ title, description, action }: { title: string; description?: ReactNode; action?: ReactNode }) => (
  <div className="empty-state">
    <svg width="64" height="44" viewBox="0 0 64 44" aria-hidden="true">
      <rect x="6" y="4" width="52" height="10" rx="3" className="empty-state__bar" />
      <rect x="6" y="18" width="52" height="10" rx="3" className="empty-state__bar" opacity=".65" />
      <rect x="6" y="32" width="52" height="10" rx="3" className="empty-state__bar" opacity=".35" />
    </svg>
    <h2 className="empty-state__title">{title}</h2>
    {description ? <p className="empty-state__text">{description}</p> : null}
    {action ? <div className="empty-state__action">{action}</div> : null}
  </div>
);
