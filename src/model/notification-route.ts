import type { DurationMs } from '../event/duration.ts'
import { compileMatchers, type LabelMatcher, type Labels, matcherText } from './label-matcher.ts'
import type { QuietHours } from './quiet-hours.ts'

/** Who is told of the alerts of a route. */
export type RouteReceiver =
  | { readonly kind: 'owner-of-alert' }
  | { readonly kind: 'owner'; readonly owner: string }
  /** As `owner/name`. */
  | { readonly kind: 'contact-point'; readonly name: string }

/** How alerts are told together, with Alertmanager's meaning. */
export type RouteGrouping = {
  /** Names of labels, sorted; undefined: all, so that each alert is a group of its own. */
  readonly by: readonly string[] | undefined
  readonly waitMs: DurationMs
  readonly intervalMs: DurationMs
  readonly repeatMs: DurationMs
}

/** One place in the tree of notifications.yaml, with what it takes over from those above. */
export type NotificationRoute = {
  readonly matchers: readonly LabelMatcher[]
  /** Whether routes beside it, behind it, may take the alert as well. */
  readonly goesOn: boolean
  readonly receivers: readonly RouteReceiver[]
  readonly grouping: RouteGrouping
  /** Of this route alone; undefined: none. */
  readonly quietHours: QuietHours | undefined
  readonly routes: readonly NotificationRoute[]
}

/** A route that takes an alert. */
export type TakingRoute = Pick<NotificationRoute, 'receivers' | 'grouping' | 'quietHours'> & {
  /** What the group of an alert is told apart by, as Alertmanager writes it: `{}/{severity="critical"}`. */
  readonly path: string
}

/**
 * Prepares the tree for many questions.
 *
 * @returns gives the routes that take an alert with these labels, in the order in which they stand: the innermost that fit.
 * Source: prometheus/alertmanager, `dispatch/route.go`.
 */
export function compileRoutes(root: NotificationRoute): (labels: Labels) => readonly TakingRoute[] {
  const compiled = compileRoute(root, '')
  return labels => taking(compiled, labels)
}

type CompiledRoute = TakingRoute & {
  readonly fits: (labels: Labels) => boolean
  readonly goesOn: boolean
  readonly routes: readonly CompiledRoute[]
}

function compileRoute(route: NotificationRoute, above: string): CompiledRoute {
  const { matchers, goesOn, receivers, grouping, quietHours } = route
  const path = `${above}{${matchers.map(matcherText).join(',')}}`
  const routes = route.routes.map(inner => compileRoute(inner, `${path}/`))
  return { path, fits: compileMatchers(matchers), goesOn, receivers, grouping, quietHours, routes }
}

function taking(route: CompiledRoute, labels: Labels): readonly TakingRoute[] {
  if (!route.fits(labels)) return []
  const found: TakingRoute[] = []
  for (const inner of route.routes) {
    const own = taking(inner, labels)
    found.push(...own)
    if (own.length > 0 && !inner.goesOn) break
  }
  return found.length > 0 ? found : [route]
}
