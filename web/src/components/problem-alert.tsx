import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isProblem } from '@/lib/problem';
import './problem-alert.css';

/** What went wrong, in the user's language, with the correlation id to hand on. */
export const ProblemAlert = ({ error, onRetry, hideFields = false }: { error: unknown; onRetry?: () => void; hideFields?: boolean }) => {
  const { t, i18n } = useTranslation();
  const [copied, setCopied] = useState(false);
  if (!error) return null;
  const problem = isProblem(error) ? error : undefined;
  const worded = problem && i18n.exists(`problem.${problem.code}`) ? t(`problem.${problem.code}`) : undefined;
  const findings = hideFields ? [] : (problem?.errors ?? []);
  const copy = async () => { await navigator.clipboard.writeText(problem?.correlationId ?? ''); setCopied(true); };
  return (
    <div className="problem" role="alert">
      <p className="problem__title">{problem?.detail ?? worded ?? t('problem.unexpected')}</p>
      {findings.length > 0 ? <ul className="problem__list">{findings.map((finding, index) => <li key={index}>{finding.message}</li>)}</ul> : null}
      <div className="problem__foot">
        {problem?.correlationId ? (
          <>
            <span className="muted">{t('problem.correlation')} <code>{problem.correlationId}</code></span>
            <Button size="small" type="text" onClick={() => void copy()}>{copied ? t('copied') : t('copy')}</Button>
          </>
        ) : null}
        {onRetry ? <Button size="small" onClick={onRetry}>{t('retry')}</Button> : null}
      </div>
    </div>
  );
};
