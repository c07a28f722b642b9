import type { CustomerGraph, GraphEdge, GraphNode, Opportunity } from '@/lib/api-types';

/** Somebody in the graph; of who decides on opportunities, which. */
export interface DrawnNode extends GraphNode { decides?: string }
export interface DrawnGraph extends Omit<CustomerGraph, 'nodes'> { nodes: DrawnNode[] }

const most = 10;
const folded = (name: string) => name.trim().toLowerCase();

/**
 * Puts those into the graph who decide on the customer's open opportunities, as far as the user may see these. They are names: one that is a contact's is that contact, the others
 * stand beside the contacts.
 */
export const withDeciders = (graph: CustomerGraph, opportunities: Opportunity[]): DrawnGraph => {
  const decides = new Map<string, { name: string; of: string[] }>();
  for (const opportunity of opportunities)
    for (const name of opportunity.decisionMakers ?? []) {
      const known = decides.get(folded(name)) ?? { name: name.trim(), of: [] };
      decides.set(folded(name), { ...known, of: [...known.of, opportunity.name] });
    }
  const words = (of: string[]) => of.join('、');
  const [center] = graph.nodes;
  if (!center || decides.size === 0) return graph;
  const nodes = graph.nodes.map((node): DrawnNode => {
    const found = node.type === 'contact' && node.name ? decides.get(folded(node.name)) : undefined;
    if (!found) return node;
    decides.delete(folded(node.name!));
    return { ...node, decides: words(found.of) };
  });
  const others = [...decides.values()].slice(0, most).map(({ name, of }): DrawnNode => ({ id: `decider:${name}`, type: 'contact', name, isHidden: false, depth: 1, kind: null, lifecycle: null, position: null, decisionRole: null, decides: words(of) }));
  const edges = others.map((node): GraphEdge => ({ from: center.id, to: node.id, type: 'contact', kind: null, isOver: false }));
  return { nodes: [...nodes, ...others], edges: [...graph.edges, ...edges], isCut: graph.isCut || decides.size > most };
};
