export type ChartWords = {
  readonly chart: { readonly numbers: string; readonly time: string; readonly latest: string }
}
