import type { Department } from '@/lib/api-types';

export interface Branch { department: Department; depth: number }

/** The departments in the order of their trees, each below the one it belongs to. */
export const asTree = (departments: Department[]): Branch[] => {
  const known = new Set(departments.map((department) => department.id));
  const below = (parent: string | null, depth: number, above: ReadonlySet<string>): Branch[] => departments
    .filter((department) => (parent === null ? !department.parentId || !known.has(department.parentId) : department.parentId === parent) && !above.has(department.id))
    .flatMap((department) => [{ department, depth }, ...below(department.id, depth + 1, new Set([...above, department.id]))]);
  return below(null, 0, new Set());
};

/** A department and all below it: where it cannot be moved to. */
export const subtree = (departments: Department[], id: string): Set<string> => {
  const found = new Set([id]);
  for (let before = 0; before !== found.size;) {
    before = found.size;
    for (const department of departments) if (department.parentId && found.has(department.parentId)) found.add(department.id);
  }
  return found;
};
