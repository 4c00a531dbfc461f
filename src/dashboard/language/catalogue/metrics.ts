export type MetricsWords = {
  readonly metrics: { readonly title: string; readonly none: string }
}
