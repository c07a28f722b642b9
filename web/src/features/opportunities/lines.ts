import type { Money, Product } from '@/lib/api-types';

/** A line while it is typed; `discount` in percent, a missing `price` is the list price of the product. */
export interface LineValues { productId?: string; quantity?: number | null; price?: number | null; discount?: number | null; currency?: string }

const currencyOf = (line: LineValues, products: Product[], fallback: string) => products.find((product) => product.id === line.productId)?.unitPrice?.currency ?? line.currency ?? fallback;

/** The lines as the API takes them. */
export const linesBody = (lines: LineValues[] | undefined, products: Product[], currency: string) => (lines ?? []).filter((line) => line?.productId).map((line) => ({
  productId: line.productId, quantity: line.quantity ?? 1,
  ...(line.price === undefined || line.price === null ? {} : { unitPrice: { amount: line.price, currency: currencyOf(line, products, currency) } }),
  ...(line.discount ? { discount: Math.round(line.discount * 1e4) / 1e6 } : {}),
}));

/** What the typed lines will come to, each line rounded to the cent; undefined while something is missing. */
export const lineSum = (lines: LineValues[], products: Product[], currency: string): Money | undefined => {
  const amounts = lines.filter((line) => line?.productId).map((line) => {
    const price = line.price ?? products.find((product) => product.id === line.productId)?.unitPrice?.amount;
    return price === undefined ? undefined : Math.round(price * (line.quantity ?? 0) * (100 - (line.discount ?? 0))) / 100;
  });
  return amounts.length === 0 || amounts.includes(undefined) ? undefined : { amount: (amounts as number[]).reduce((sum, amount) => sum + amount, 0), currency: currencyOf(lines.find((line) => line?.productId)!, products, currency) };
};
