import { useTranslation } from 'react-i18next';
import { useCommand } from '@/components/command';
import { CustomDetails } from '@/components/custom-details';
import { FieldEditor, FieldGroup } from '@/components/field-editor';
import { DateText, MoneyText } from '@/components/values';
import type { Opportunity } from '@/lib/api-types';
import { useFree, useLocale, useMay } from '@/lib/session';
import { useOpportunityWords } from './words';

/** The opportunity's fields in groups; each is edited where it stands and sent alone. */
export const OpportunityDetails = ({ opportunity }: { opportunity: Opportunity }) => {
  const { t } = useTranslation('opportunities');
  const may = useMay('opportunities', opportunity);
  const free = useFree('opportunities');
  const run = useCommand();
  const { currency } = useLocale();
  const words = useOpportunityWords(opportunity.pipelineId);
  const save = <V,>(name: string, body: (value: V) => unknown = (value) => value) => (may('change') && free(name)
    ? async (value: V) => (await run({ method: 'PATCH', path: `opportunities/${opportunity.id}`, body: { [name]: body(value) }, version: opportunity.version, done: t('saved'), refresh: [['reports']], ...words })) !== undefined
    : undefined);
  const money = opportunity.amount?.currency ?? opportunity.lines?.[0]?.unitPrice.currency ?? currency;
  const keys = Object.entries(opportunity.externalKeys ?? {});
  return (
    <>
      <FieldGroup title={t('group.basic')}>
        <FieldEditor<string> kind="text" maxLength={200} field="name" label={t('field.name')} value={opportunity.name} save={save('name')} />
        <FieldEditor<string | null | undefined> kind="customer" field="customerId" label={t('field.customerId')} value={opportunity.customerId} valueLabel={opportunity.customerName} display={opportunity.customerName} save={save('customerId')} />
        <FieldEditor<number | null | undefined>
          kind="number" min={0} suffix={money} field="amount" label={t('field.amount')} value={opportunity.amount?.amount} display={<><MoneyText value={opportunity.amount} />{opportunity.amountFromLines && opportunity.lines?.length ? <span className="muted"> {t('fromLines')}</span> : null}</>}
          save={save('amount', (amount) => (amount === null || amount === undefined ? null : { amount, currency: money }))}
        />
        <FieldEditor<number | null | undefined>
          kind="number" min={0} max={100} suffix="%" field="probability" label={t('field.probability')} value={opportunity.probability} display={<>{opportunity.probability}%{opportunity.probabilitySet ? <span className="muted"> {t('byHand')}</span> : null}</>}
          save={opportunity.stageKind === 'open' ? save('probability') : undefined}
        />
        <FieldEditor<string | null | undefined> kind="date" field="expectedCloseDate" label={t('field.expectedCloseDate')} value={opportunity.expectedCloseDate} display={<DateText value={opportunity.expectedCloseDate} />} save={save('expectedCloseDate')} />
        <FieldEditor<string | null | undefined> kind="user" field="ownerId" label={t('field.ownerId')} value={opportunity.ownerId} display={opportunity.ownerName} save={may('assign') ? save('ownerId') : undefined} />
        <FieldEditor<string | null | undefined> kind="textarea" maxLength={1000} field="nextStep" label={t('field.nextStep')} value={opportunity.nextStep} save={save('nextStep')} draftKey={`opportunities.${opportunity.id}.nextStep`} />
      </FieldGroup>
      <FieldGroup title={t('group.people')}>
        <FieldEditor<string[]> kind="tags" field="decisionMakers" label={t('field.decisionMakers')} value={opportunity.decisionMakers ?? []} save={save('decisionMakers')} />
        <FieldEditor<string[]> kind="tags" field="competitors" label={t('field.competitors')} value={opportunity.competitors ?? []} save={save('competitors')} />
      </FieldGroup>
      <CustomDetails
        target="opportunities" record={opportunity}
        save={may('change') && !opportunity.erased
          ? async (body) => (await run({ method: 'PATCH', path: `opportunities/${opportunity.id}`, body, version: opportunity.version, done: t('saved'), ...words })) !== undefined : undefined}
      />
      <FieldGroup title={t('group.system')}>
        <FieldEditor kind="text" field="pipelineId" label={t('field.pipelineId')} value={opportunity.pipelineName} />
        <FieldEditor kind="text" field="openedOn" label={t('field.openedOn')} value={opportunity.openedOn} display={<DateText value={opportunity.openedOn} />} />
        {opportunity.closedOn ? <FieldEditor kind="text" field="closedOn" label={t('field.closedOn')} value={opportunity.closedOn} display={<DateText value={opportunity.closedOn} />} /> : null}
        {keys.length > 0 ? <FieldEditor kind="text" label={t('field.externalKeys')} value={keys.map(([system, key]) => `${system}: ${key}`).join('\n')} /> : null}
        <FieldEditor kind="text" field="createdAt" label={t('field.createdAt')} value={opportunity.createdAt} display={<DateText value={opportunity.createdAt} as="instant" />} />
        <FieldEditor kind="text" label={t('field.updatedAt')} value={opportunity.updatedAt} display={<DateText value={opportunity.updatedAt} as="instant" />} />
      </FieldGroup>
    </>
  );
};
