/** What of it is used here; the whole is in the package. */
export interface Code {
  readonly size: number;
  get(x: number, y: number): boolean;
}
export const correction: { readonly L: number; readonly M: number };
export function generate(text: string, options?: { minCorrectionLevel?: number }): Code;
