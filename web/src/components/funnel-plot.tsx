import { FunnelChart, type FunnelSeriesOption } from 'echarts/charts';
import { TooltipComponent, type TooltipComponentOption } from 'echarts/components';
import { init, use as register, type ComposeOption, type ECharts } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import { useDark, useReducedMotion } from '@/lib/preferences';

register([FunnelChart, TooltipComponent, SVGRenderer]);

export interface FunnelItem { name: string; value: number; text: string; rows?: string | null }
const color = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
/** A colour of the page (`#rrggbb`) at a strength of 0 to 1. */
const faded = (hex: string, strength: number) => `rgba(${[1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)).join(',')},${strength})`;

/** Drawn in the colours of the page: one hue that deepens towards the win, the labels beside it in the colour of text. */
const option = (items: FunnelItem[], still: boolean): ComposeOption<FunnelSeriesOption | TooltipComponentOption> => {
  const accent = color('--accent');
  const success = color('--success');
  return {
    animation: !still,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    tooltip: { confine: true, backgroundColor: color('--surface'), borderColor: color('--border'), textStyle: { color: color('--text') }, formatter: (point) => { const item = items[(point as { dataIndex: number }).dataIndex]!; return `${item.name}: ${item.text}`; } },
    series: [{
      type: 'funnel', sort: 'none', left: 0, right: '38%', top: 4, bottom: 4, gap: 3, minSize: '2%', cursor: 'pointer',
      label: { position: 'right', color: color('--text'), fontSize: 13, formatter: ({ dataIndex }) => `${items[dataIndex]!.name}  ${items[dataIndex]!.text}` },
      labelLine: { length: 12, lineStyle: { color: color('--border-strong') } },
      emphasis: { label: { fontWeight: 'bold' } },
      data: items.map((item, index) => ({ name: item.name, value: item.value, itemStyle: { color: index === items.length - 1 ? success : faded(accent, 0.5 + (0.5 * index) / Math.max(1, items.length - 1)), borderWidth: 0 } })),
    }],
  };
};

const FunnelPlot = ({ items, onOpen }: { items: FunnelItem[]; onOpen?: (rows: string) => void }) => {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts>(undefined);
  const dark = useDark();
  const still = useReducedMotion();
  useEffect(() => {
    const made = init(box.current!, undefined, { renderer: 'svg' });
    chart.current = made;
    const watch = new ResizeObserver(() => made.resize());
    watch.observe(box.current!);
    return () => { watch.disconnect(); made.dispose(); };
  }, []);
  useEffect(() => {
    // The theme's colours are in force one frame after the choice.
    const frame = requestAnimationFrame(() => chart.current?.setOption(option(items, still)));
    return () => cancelAnimationFrame(frame);
  }, [dark, items, still]);
  useEffect(() => {
    const made = chart.current;
    made?.on('click', ({ dataIndex }) => { const rows = items[dataIndex]?.rows; if (rows) onOpen?.(rows); });
    return () => { made?.off('click'); };
  }, [items, onOpen]);
  return <div ref={box} />;
};
export default FunnelPlot;
