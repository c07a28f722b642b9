import type { CustomerGraph, GraphNode } from '@/lib/api-types';

const row = 60;
const boxHeight = 44;

interface Box { node: GraphNode; x: number; y: number }
interface Line { key: string; path: string; over: boolean }

/**
 * Where everybody stands: the customer in the middle, whom it belongs to above, those below it beneath, the others in a column at either side; those two steps away
 * in the columns further out. A phone has three narrow columns, so that the words keep their size.
 */
export const arrange = (graph: CustomerGraph, narrow: boolean) => {
  const [width, boxWidth] = narrow ? [348, 108] : [860, 150];
  const [center] = graph.nodes;
  const boxes: Box[] = [];
  if (!center) return { boxes, lines: [] as Line[], width, height: 0, boxWidth };
  const parents = new Set(graph.edges.filter((edge) => edge.type === 'parent' && edge.to === center.id).map((edge) => edge.from));
  const children = new Set(graph.edges.filter((edge) => edge.type === 'parent' && edge.from === center.id && !parents.has(edge.to)).map((edge) => edge.to));
  const near = graph.nodes.filter((node) => node.depth === 1);
  const above = near.filter((node) => parents.has(node.id));
  const beneath = near.filter((node) => children.has(node.id));
  const beside = near.filter((node) => !parents.has(node.id) && !children.has(node.id));
  const far = graph.nodes.filter((node) => node.depth === 2);
  const middle = (width - boxWidth) / 2;
  const columns = narrow ? [0, width - boxWidth] : [boxWidth + 28, width - 2 * boxWidth - 28];
  const outer = [0, width - boxWidth];

  const sides: [GraphNode[], GraphNode[]] = [[], []];
  beside.forEach((node, index) => sides[index % 2 === 0 ? 1 : 0].push(node));
  // Whoever is two steps away stands on the side of the one that leads there.
  const outside: [GraphNode[], GraphNode[]] = [[], []];
  for (const node of far) {
    const neighbours = graph.edges.flatMap((edge) => (edge.to === node.id ? [edge.from] : edge.from === node.id ? [edge.to] : []));
    const onLeft = sides[0].some((each) => neighbours.includes(each.id)) || (!sides[1].some((each) => neighbours.includes(each.id)) && outside[0].length < outside[1].length);
    outside[onLeft ? 0 : 1].push(node);
  }
  const perRow = narrow ? 3 : 5;
  const lower = Math.ceil(beneath.length / perRow);
  const body = Math.max(1, sides[0].length, sides[1].length, outside[0].length, outside[1].length);
  const top = above.length > 0 ? row + 12 : 0;
  const stack = (nodes: GraphNode[], x: number) => nodes.forEach((node, index) => boxes.push({ node, x, y: top + ((body - nodes.length) * row) / 2 + index * row }));
  above.forEach((node) => boxes.push({ node, x: middle, y: 0 }));
  stack([center], middle);
  sides.forEach((nodes, side) => stack(nodes, columns[side] ?? 0));
  outside.forEach((nodes, side) => stack(nodes, outer[side] ?? 0));
  beneath.forEach((node, index) => {
    const inRow = Math.min(perRow, beneath.length - Math.floor(index / perRow) * perRow);
    const gap = (width - boxWidth * perRow) / (perRow - 1);
    const begin = (width - inRow * boxWidth - (inRow - 1) * gap) / 2;
    boxes.push({ node, x: begin + (index % perRow) * (boxWidth + gap), y: top + body * row + 12 + Math.floor(index / perRow) * row });
  });

  const placed = new Map(boxes.map((box) => [box.node.id, box]));
  const lines = graph.edges.flatMap((edge, index): Line[] => {
    const [from, to] = [placed.get(edge.from), placed.get(edge.to)];
    if (!from || !to) return [];
    const point = (box: Box) => ({ x: box.x + boxWidth / 2, y: box.y + boxHeight / 2 });
    const [a, b] = [point(from), point(to)];
    // Beside each other from side to side, else from edge to edge up and down.
    const upright = Math.abs(a.x - b.x) < boxWidth || edge.type === 'parent';
    const path = upright
      ? `M${a.x} ${a.y} C${a.x} ${(a.y + b.y) / 2} ${b.x} ${(a.y + b.y) / 2} ${b.x} ${b.y}`
      : `M${a.x} ${a.y} C${(a.x + b.x) / 2} ${a.y} ${(a.x + b.x) / 2} ${b.y} ${b.x} ${b.y}`;
    return [{ key: `${edge.from}-${edge.to}-${index}`, path, over: edge.isOver === true }];
  });
  return { boxes, lines, width, height: top + body * row + (lower > 0 ? lower * row + 12 : 0), boxWidth };
};
