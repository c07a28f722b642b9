import { PlusOutlined, SearchOutlined } from '@ant-design/icons';
import { DndContext, DragOverlay, KeyboardSensor, MouseSensor, TouchSensor, useSensor, useSensors, type DragEndEvent, type DragStartEvent } from '@dnd-kit/core';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { App, Button, Input, Segmented, Select, Skeleton } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as z from 'zod/mini';
import { AsOfBanner, AsOfProvider } from '@/components/as-of';
import { useCommand } from '@/components/command';
import { FilterBar } from '@/components/filter-bar';
import { PageHeader } from '@/components/page-header';
import { ProblemAlert } from '@/components/problem-alert';
import { UserSelect } from '@/components/selects';
import { TimeSlider } from '@/components/time-slider';
import type { Board, BoardCard as Card, BoardStage } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { useDebounced } from '@/lib/debounced';
import { get } from '@/lib/http';
import { useNow } from '@/lib/now';
import { usePipelines } from '@/lib/pipelines';
import { usePhone } from '@/lib/preferences';
import { isProblem } from '@/lib/problem';
import { useCan } from '@/lib/session';
import { useUrlState } from '@/lib/url-state';
import { CardFace } from './board-card';
import { BoardColumn } from './board-column';
import { moved, type Move } from './board-moves';
import { CloseDialog, type Closing } from './close-dialog';
import { useStageName } from './words';
import './board.css';

const optional = z.catch(z.optional(z.string()), undefined);
const boardState = z.object({ pipelineId: optional, owner: optional, q: optional, stage: optional });

const day = 86_400_000;
/** Stops of the time slider: the starts of the last weeks. */
const weeks = (now: number) => Array.from({ length: 26 }, (_, index) => ({ at: new Date(Math.floor(now / day) * day - (26 - index) * 7 * day).toISOString() }));

const Content = () => {
  const { t } = useTranslation('opportunities');
  const { message } = App.useApp();
  const client = useQueryClient();
  const navigate = useNavigate();
  const run = useCommand();
  const can = useCan();
  const phone = usePhone();
  const now = useNow();
  const stageName = useStageName();
  const { asOf, query: past } = useAsOf();
  const [state, setState] = useUrlState(boardState);
  const [text, setText] = useState(state.q ?? '');
  const q = useDebounced(text.trim(), 250);
  const [lifted, setLifted] = useState<{ card: Card; from: string }>();
  const [closing, setClosing] = useState<Move>();

  const pipelines = usePipelines();
  const queryKey = ['opportunities', 'board', state.pipelineId, state.owner, q, past] as const;
  const board = useQuery({
    queryKey, placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get<Board>('opportunities/board', { pipelineId: state.pipelineId, ownerId: state.owner, q, ...past }, signal),
  });
  const sensors = useSensors(
    useSensor(MouseSensor, { activationConstraint: { distance: 6 } }),
    useSensor(TouchSensor, { activationConstraint: { delay: 250, tolerance: 8 } }),
    useSensor(KeyboardSensor),
  );

  /** Shows the move at once; a refusal brings the card back and says why. */
  const move = async (wish: Move, closed?: Closing) => {
    const path = `opportunities/${wish.card.id}/${wish.to.kind === 'won' ? 'win' : wish.to.kind === 'lost' ? 'lose' : 'stage'}`;
    await client.cancelQueries({ queryKey });
    const before = client.getQueryData<Board>(queryKey);
    if (before) client.setQueryData(queryKey, moved(before, wish));
    try {
      const done = await run({ path, body: wish.to.kind === 'open' ? { to: wish.to.code } : closed, version: wish.card.version });
      if (!done) client.setQueryData(queryKey, before);
    } catch (error) {
      client.setQueryData(queryKey, before);
      void message.error(isProblem(error) ? t('board.refused', { name: wish.card.name, reason: error.detail ?? error.code }) : t('board.refused', { name: wish.card.name, reason: '' }), 6);
    }
  };
  const wanted = (card: Card, from: string, to: BoardStage) => {
    if (from === to.code) return;
    if (to.kind === 'open') void move({ card, from, to }); else setClosing({ card, from, to });
  };
  const dragEnd = ({ active, over }: DragEndEvent) => {
    setLifted(undefined);
    const { card, from } = active.data.current as { card: Card; from: string };
    const stage = (over?.data.current as { stage: BoardStage } | undefined)?.stage;
    if (stage) wanted(card, from, stage);
  };

  const stages = board.data?.stages ?? [];
  const chosen = stages.find((stage) => stage.code === state.stage) ?? stages[0];
  const editable = can('opportunities.change') && !asOf;
  const name = (id: string | number) => stages.flatMap((stage) => stage.cards).find((card) => card.id === id)?.name ?? '';
  const column = (id: string | number | undefined) => { const stage = stages.find((each) => each.code === id); return stage ? stageName(stage) : ''; };

  return (
    <div className="board-page">
      <PageHeader
        title={t('title')}
        extra={<>
          <Segmented aria-label={t('views')} value="board" options={[{ value: 'board', label: t('view.board') }, { value: 'list', label: t('view.list') }]} onChange={(view) => view === 'list' && void navigate({ to: '/opportunities/list' })} />
          {can('opportunities.create') ? <Link to="/opportunities/new"><Button type="primary" icon={<PlusOutlined />}>{t('create')}</Button></Link> : null}
        </>}
      >
        <FilterBar
          active={[q, state.owner].filter(Boolean).length} onClear={() => { setText(''); setState({ owner: undefined, q: undefined }); }}
          filters={<UserSelect placeholder={t('field.ownerId')} aria-label={t('filterBy', { field: t('field.ownerId') })} value={state.owner} onChange={(owner) => setState({ owner })} />}
        >
          <Select
            aria-label={t('field.pipelineId')} value={board.data?.pipeline.id} loading={pipelines.isPending} popupMatchSelectWidth={false} style={{ minWidth: 150 }}
            options={(pipelines.data ?? []).map((pipeline) => ({ value: pipeline.id, label: pipeline.name }))} onChange={(pipelineId: string) => setState({ pipelineId, stage: undefined })}
          />
          <Input className="filter-bar__search" prefix={<SearchOutlined className="muted" />} allowClear value={text} maxLength={100} role="searchbox" aria-label={t('search')} placeholder={t('searchHint')} onChange={(event) => setText(event.target.value)} />
        </FilterBar>
        <TimeSlider points={weeks(now)} label={t('board.slider')} />
      </PageHeader>
      <AsOfBanner />
      {board.error ? <div style={{ padding: 16 }}><ProblemAlert error={board.error} onRetry={() => void board.refetch()} /></div> : null}
      {board.isPending && !board.error ? <div style={{ padding: 16 }} aria-busy="true"><Skeleton active paragraph={{ rows: 8 }} /></div> : null}
      {phone && chosen ? (
        <Select aria-label={t('field.stage')} className="board__stage" value={chosen.code} onChange={(stage: string) => setState({ stage })} options={stages.map((stage) => ({ value: stage.code, label: `${stageName(stage)} (${stage.count})` }))} />
      ) : null}
      <DndContext
        sensors={sensors} onDragStart={({ active }: DragStartEvent) => setLifted(active.data.current as { card: Card; from: string })} onDragEnd={dragEnd} onDragCancel={() => setLifted(undefined)}
        accessibility={{
          screenReaderInstructions: { draggable: t('board.instructions') },
          announcements: {
            onDragStart: ({ active }) => t('board.lifted', { name: name(active.id) }),
            onDragOver: ({ active, over }) => t('board.over', { name: name(active.id), stage: column(over?.id) }),
            onDragEnd: ({ active, over }) => t('board.dropped', { name: name(active.id), stage: column(over?.id) }),
            onDragCancel: ({ active }) => t('board.cancelled', { name: name(active.id) }),
          },
        }}
      >
        <div className="board" aria-busy={board.isFetching}>
          {(phone ? [chosen].filter((stage) => stage !== undefined) : stages).map((stage) => (
            <BoardColumn key={stage.code} stage={stage} stages={stages} pipelineId={board.data!.pipeline.id} onMove={editable ? wanted : undefined} />
          ))}
        </div>
        <DragOverlay>{lifted ? <CardFace card={lifted.card} stage={stages[0]!} stages={[]} dragging /> : null}</DragOverlay>
      </DndContext>
      {closing ? (
        <CloseDialog
          kind={closing.to.kind as 'won' | 'lost'} name={closing.card.name}
          onClose={(closed) => { setClosing(undefined); if (closed) void move(closing, closed); }}
        />
      ) : null}
    </div>
  );
};

/** The opportunities of a pipeline by stage, now or as they stood. */
export const BoardPage = () => <AsOfProvider><Content /></AsOfProvider>;
