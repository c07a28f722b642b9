import { ClockCircleOutlined, MoreOutlined, WarningOutlined } from '@ant-design/icons';
import { useDraggable } from '@dnd-kit/core';
import { Link } from '@tanstack/react-router';
import { Button, Dropdown } from 'antd';
import { useTranslation } from 'react-i18next';
import { DateText, MoneyText } from '@/components/values';
import type { BoardCard as Card, BoardStage } from '@/lib/api-types';
import { useStageName } from './words';

interface Props { card: Card; stage: BoardStage; stages: BoardStage[]; onMove?: (to: BoardStage) => void; dragging?: boolean }

/** The face of a card; also what hangs at the pointer while it is dragged. */
export const CardFace = ({ card, stage, stages, onMove, dragging }: Props) => {
  const { t } = useTranslation('opportunities');
  const stageName = useStageName();
  return (
    <div className="card" data-dragging={dragging}>
      <div className="card__line">
        <Link to="/opportunities/$id" params={{ id: card.id }} className="card__name">{card.name}</Link>
        {onMove ? (
          <Dropdown
            trigger={['click']}
            menu={{ items: stages.filter((other) => other.code !== stage.code).map((other) => ({ key: other.code, label: stageName(other) })), onClick: ({ key }) => onMove(stages.find((other) => other.code === key)!) }}
          >
            <Button size="small" type="text" icon={<MoreOutlined />} aria-label={t('board.moveCard', { name: card.name })} onPointerDown={(event) => event.stopPropagation()} onKeyDown={(event) => event.stopPropagation()} />
          </Dropdown>
        ) : null}
      </div>
      <div className="card__customer">{card.customerName ?? <span className="card__warning"><WarningOutlined aria-hidden="true" /> {t('warning.noCustomer')}</span>}</div>
      <div className="card__line"><b><MoneyText value={card.amount} compact /></b><span className="muted">{card.ownerName ?? t('noOwner')}</span></div>
      <div className="card__line card__foot">
        {card.daysInStage === null || card.daysInStage === undefined ? <span /> : <span className={card.warnings.includes('stale') ? 'card__warning' : 'muted'}><ClockCircleOutlined aria-hidden="true" /> {t('board.days', { count: card.daysInStage })}</span>}
        {card.expectedCloseDate ? <span className={card.warnings.includes('overdue') ? 'card__warning' : 'muted'}>{card.warnings.includes('overdue') ? <WarningOutlined aria-label={t('warning.overdue')} /> : null} <DateText value={card.expectedCloseDate} /></span> : null}
      </div>
    </div>
  );
};

/** A card that can be dragged with mouse, finger and keyboard. */
export const BoardCard = (props: Props) => {
  const { t } = useTranslation('opportunities');
  const { setNodeRef, attributes, listeners, isDragging } = useDraggable({ id: props.card.id, data: { card: props.card, from: props.stage.code }, disabled: !props.onMove, attributes: { roleDescription: t('board.cardRole') } });
  return (
    <li ref={setNodeRef} className="board__card" data-lifted={isDragging} {...(props.onMove ? { ...attributes, ...listeners } : {})} role="listitem" aria-label={props.card.name}>
      <CardFace {...props} />
    </li>
  );
};
