import { type ErrorSpec, TuttiError } from './tutti-error.ts';

/** Details of one entry of an error table. */
export type DetailsOf<S> = S extends ErrorSpec<infer D> ? D : never;

/** Makes errors of one table; unknown codes and wrong details do not compile. */
export type ErrorFactory<T> = <C extends keyof T & string>(
  code: C,
  details: DetailsOf<T[C]>,
  options?: { readonly cause?: unknown },
) => TuttiError<C, DetailsOf<T[C]>>;

/**
 * Binds a table of codes to a factory.
 *
 * @example
 * ```ts
 * import { defineErrors, type ErrorSpec } from '@tutti/core';
 *
 * interface ShopErrors { readonly SHOP_SOLD_OUT: ErrorSpec<{ sku: string }> }
 * const shopErrors: ShopErrors = { SHOP_SOLD_OUT: { retryable: false, message: (d) => `${d.sku} is sold out` } };
 * const shopError = defineErrors(shopErrors);
 * const error = shopError('SHOP_SOLD_OUT', { sku: 'A-7' });
 * console.log(error.code, error.details.sku);
 * ```
 */
export function defineErrors<T extends object>(table: T): ErrorFactory<T> {
  return (code, details, options) => {
    const spec = table[code] as ErrorSpec<DetailsOf<T[typeof code]>>;
    return new TuttiError(code, details, spec, options);
  };
}
