/** Between the process that pushes and the one of its clients. Times in ms since the epoch. */
export type FromClients =
  | { readonly kind: 'open' }
  /** The first client reads nothing from now on; alerts count as had without it. */
  | { readonly kind: 'stalled' }
  | { readonly kind: 'all-have'; readonly offset: number; readonly times: readonly number[] }

export type ToClients = { readonly kind: 'stall' } | { readonly kind: 'end' }
