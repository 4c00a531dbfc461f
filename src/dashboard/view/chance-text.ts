/** `62 %`, or `30–45 %` where only a range is known. */
export function chanceText({ low, high }: { readonly low: number; readonly high: number }): string {
  const [from, to] = [low, high].map(share => Math.round(share * 100))
  return from === to ? `${from} %` : `${from}–${to} %`
}
