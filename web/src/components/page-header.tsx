import { useEffect, type ReactNode } from 'react';
import './page-header.css';

/** Title line of a screen: names the browser tab too. `extra` holds the commands, the first of them primary. */
export const PageHeader = ({ title, note, extra, children }: { title: string; note?: ReactNode; extra?: ReactNode; children?: ReactNode }) => {
  useEffect(() => { document.title = `${title} · CRM`; }, [title]);
  return (
    <header className="page-header">
      <div className="page-header__line">
        <h1 className="page-header__title">{title}</h1>
        {note ? <span className="page-header__note">{note}</span> : null}
        {extra ? <div className="page-header__extra">{extra}</div> : null}
      </div>
      {children ? <div className="page-header__tools">{children}</div> : null}
    </header>
  );
};
