import { expect, test } from 'vitest'
import { durationMs } from '../event/duration.ts'
import { parseMatcher } from './label-matcher.ts'
import { compileRoutes, type NotificationRoute } from './notification-route.ts'

const grouping = { by: [], waitMs: durationMs(0), intervalMs: durationMs(1), repeatMs: durationMs(1) }

const route = (
  name: string,
  matchers: readonly string[],
  routes: readonly NotificationRoute[] = [],
  goesOn = false,
): NotificationRoute => ({
  matchers: matchers.map(parseMatcher),
  goesOn,
  receivers: [{ kind: 'owner', owner: name }],
  grouping,
  quietHours: undefined,
  routes,
})

/** Alertmanager's own example, in the order of its documentation: https://prometheus.io/docs/alerting/latest/configuration */
const tree = route(
  'default',
  [],
  [
    route('database', ['service=~"mysql|cassandra"'], [route('night', ['at=night'])]),
    route('frontend', ['team="frontend"'], [], true),
    route('product', ['team=~"front.*"', 'env!=dev']),
    route('rest', ['team!~"x|y"', 'region!=""']),
  ],
)

test.each([
  [{}, ['default']],
  [{ service: 'mysql', team: 'frontend' }, ['database']],
  [{ service: 'mysql', at: 'night' }, ['night']],
  [{ service: 'mysql2', team: 'frontend' }, ['frontend', 'product']],
  [{ team: 'frontend', env: 'dev' }, ['frontend']],
  [{ team: 'frontend', env: 'dev', region: 'eu' }, ['frontend', 'rest']],
  [{ team: 'x', region: 'eu' }, ['default']],
])('labels %j are taken by %j', (labels, taken) => {
  const found = compileRoutes(tree)(labels)
  expect(found.map(({ receivers }) => receivers[0])).toEqual(taken.map(owner => ({ kind: 'owner', owner })))
})

test('a group is told apart by the matchers on the way to its route', () => {
  const [night] = compileRoutes(tree)({ service: 'mysql', at: 'night' })
  expect(night?.path).toBe('{}/{service=~"mysql|cassandra"}/{at="night"}')
})
