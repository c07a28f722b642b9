import { useQuery } from '@tanstack/react-query';
import type { CustomField, CustomValue } from '@/lib/api-types';
import { useFieldWords } from '@/lib/fields';
import { get } from '@/lib/http';

/** What a record is called now, for those who may see it. */
export const NameOf = ({ resource, id }: { resource: string; id: string }) => {
  const { data, isPending } = useQuery({ queryKey: [resource, id, 'name'], queryFn: ({ signal }) => get<{ name: string }>(`${resource}/${id}`, undefined, signal), staleTime: 60_000, retry: false });
  return <>{data?.name ?? (isPending ? '…' : id)}</>;
};

/** The value of a custom field as people read it; a record that it refers to by its name. */
export const ReferenceText = ({ field, value }: { field: CustomField; value: CustomValue | undefined }) => {
  const words = useFieldWords();
  if (field.type === 'reference' && field.referenceTo && field.referenceTo !== 'users' && typeof value === 'string' && value) return <NameOf resource={field.referenceTo} id={value} />;
  return <>{words.text(field, value) || <span className="muted">—</span>}</>;
};
