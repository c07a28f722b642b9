import { App, Modal } from 'antd';
import { useQueryClient } from '@tanstack/react-query';
import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ChangeTable } from '@/components/change-table';
import { DateText } from '@/components/values';
import type { HistoryItem } from '@/lib/api-types';
import { send, type Answer } from '@/lib/http';
import { isProblem } from '@/lib/problem';

export interface Command {
  method?: 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Relative to the API base: `customers/{id}/owner`. */
  path: string;
  body?: unknown;
  /** Version of the record the user looked at. Left out when the command does not depend on what was seen. */
  version?: number;
  /** Said when it worked. */
  done?: string;
  /** Words a field of the conflict table. */
  fieldLabel?: (field: string) => string;
  fieldValue?: (field: string, value: unknown) => ReactNode;
  /** Query keys to refresh besides everything of the resource named by the path. */
  refresh?: readonly (readonly unknown[])[];
}
interface Question { conflicts: HistoryItem[]; command: Command; answer: (again: boolean) => void }
/** Sends a command and answers with the record after it (an empty object when there is none). Undefined: the user gave up after seeing what somebody else changed. Throws {@link ApiProblem} for every other refusal. */
export type Run = <T>(command: Command) => Promise<T | undefined>;
const CommandContext = createContext<Run | undefined>(undefined);

export const useCommand = (): Run => {
  const run = useContext(CommandContext);
  if (!run) throw new Error('useCommand needs a CommandProvider above.');
  return run;
};

/**
 * Every change goes through here: it refreshes what the change touches and, when somebody else changed the same
 * thing meanwhile (412), shows their change and offers to apply ours on top.
 */
export const CommandProvider = ({ children }: { children: ReactNode }) => {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useQueryClient();
  const [question, setQuestion] = useState<Question>();

  const refresh = useCallback(async (command: Command) => {
    const resource = command.path.split('/')[0];
    await Promise.all([[resource], ...(command.refresh ?? [])].map((queryKey) => client.invalidateQueries({ queryKey })));
  }, [client]);

  const run = useCallback<Run>(async <T,>(command: Command) => {
    const attempt = (version: number | undefined): Promise<Answer<T>> => send<T>(command.method ?? 'POST', command.path, { body: command.body ?? (command.method === 'DELETE' ? undefined : {}), ifMatch: version });
    let answer: Answer<T>;
    try {
      answer = await attempt(command.version);
    } catch (error) {
      if (!isProblem(error) || error.status !== 412) throw error;
      const again = await new Promise<boolean>((resolve) => setQuestion({ conflicts: error.conflicts, command, answer: resolve }));
      setQuestion(undefined);
      if (!again) { await refresh(command); return undefined; }
      answer = await attempt(undefined);
    }
    void refresh(command);
    if (command.done) void message.success(command.done);
    return answer.data ?? ({} as T);
  }, [message, refresh]);

  return (
    <CommandContext.Provider value={run}>
      {children}
      {question ? (
        <Modal open title={t('conflict.title')} okText={t('conflict.reapply')} cancelText={t('conflict.giveUp')} onOk={() => question.answer(true)} onCancel={() => question.answer(false)} width={640}>
          <p style={{ marginBottom: 12 }}>{t('conflict.text')}</p>
          {question.conflicts.map((item) => (
            <section key={item.sequence} style={{ marginBottom: 12 }}>
              <p className="muted">{item.actorName ?? t('somebody')} · <DateText value={item.at} as="instant" /></p>
              <ChangeTable changes={item.changes} fieldLabel={question.command.fieldLabel} fieldValue={question.command.fieldValue} />
            </section>
          ))}
        </Modal>
      ) : null}
    </CommandContext.Provider>
  );
};

/** For a form: busy while it runs, the refusal to show, and the run itself which answers whether it worked. */
export const useCommandState = () => {
  const run = useCommand();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const execute = useCallback(async <T,>(command: Command): Promise<T | undefined> => {
    setBusy(true);
    setError(undefined);
    try { return await run<T>(command); } catch (problem) { setError(problem); return undefined; } finally { setBusy(false); }
  }, [run]);
  return useMemo(() => ({ busy, error, execute, clear: () => setError(undefined) }), [busy, error, execute]);
};
