import * as z from 'zod'
import { inhibitRules } from './inhibition-file.ts'
import { quietHours, type WrittenQuietHours } from './quiet-hours.ts'
import { duration, mapping, noted, yesOrNo } from './shapes.ts'

/*
 * What notifications.yaml may say: which alerts are told to whom, and together with which others. The words are those of
 * Alertmanager's configuration (`route`), and so is their meaning.
 */

const matcher = noted(
  z.string().min(1).max(2_000),
  'a matcher such as severity="critical" or warehouse=~"WH-.*"',
  '匹配器，例如 severity="critical" 或 warehouse=~"WH-.*"',
)

const matchers = noted(
  z.array(matcher).max(20),
  'a list of at most 20 matchers, [severity="critical"]',
  '最多 20 个匹配器的列表，[severity="critical"]',
)

const receiver = noted(
  z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}(\/[A-Za-z][A-Za-z0-9_-]{0,63})?$/),
  '"owner" for the owner of the alert, a key of owners.yaml, or one contact point as owner/name',
  '"owner"（告警自身的负责人）、owners.yaml 中的键，或写作 负责人/名称 的联系方式',
)

const receivers = noted(
  z.array(receiver).max(50),
  'a list of at most 50 receivers, [] for nobody',
  '最多 50 个接收者的列表，没有则为 []',
)

const label = noted(z.string().min(1).max(200), 'the name of a label', '标签的名称')

const groupBy = noted(
  z.array(label).max(20),
  "a list of labels, [alertname, warehouse], [] for all alerts together, or ['...'] for each by itself",
  "标签的列表，[alertname, warehouse]；[] 表示全部合并，['...'] 表示逐条",
)

const common = {
  receiver: receiver.optional().describe('Who is told. Default: that of the route above; of the root: owner.'),
  receivers: receivers.optional().describe('Several, in place of receiver; [] tells nobody.'),
  group_by: groupBy
    .optional()
    .describe(
      'Alerts with the same values of these labels are told together. Default: that of the route above; of the root: [].',
    ),
  group_wait: duration.optional().describe('How long the first message of a group waits for others. Default: 30s.'),
  group_interval: duration
    .optional()
    .describe('What changes in a group is told at most so often after its first message. Default: 5m.'),
  repeat_interval: duration
    .optional()
    .describe('What has not changed is told again after so long, while it fires. Default: 4h.'),
  quiet_hours: quietHours.optional().describe('When nobody is told by this route that an alert is open.'),
}

/** As written; what is left out is that of the route above. */
export type WrittenRoute = {
  readonly matchers?: readonly string[] | undefined
  readonly continue?: boolean | undefined
  readonly receiver?: string | undefined
  readonly receivers?: readonly string[] | undefined
  readonly group_by?: readonly string[] | undefined
  readonly group_wait?: string | undefined
  readonly group_interval?: string | undefined
  readonly repeat_interval?: string | undefined
  readonly quiet_hours?: WrittenQuietHours | undefined
  readonly routes?: readonly WrittenRoute[] | undefined
}

const ofRoutes =
  'Looked at in their order: the first one whose matchers fit takes the alert, and it may have routes of its own.'

const route: z.ZodType<WrittenRoute, WrittenRoute> = mapping({
  matchers: matchers.optional().describe('All of them have to fit. Without any, every alert does.'),
  continue: yesOrNo.optional().describe('Whether the routes after it are looked at as well. Default: false.'),
  ...common,
  get routes(): z.ZodType<WrittenRoute['routes'], WrittenRoute['routes']> {
    return routes.optional().describe(ofRoutes)
  },
})

const routes = noted(
  z.array(route).max(200),
  'a list of at most 200 routes, [{matchers: […], receiver: …}]',
  '最多 200 条路由的列表，[{matchers: […], receiver: …}]',
)

const root = mapping({ ...common, routes: routes.optional().describe(ofRoutes) })

export const notificationsFile = mapping({
  route: root.optional().describe('Every alert enters here, and goes to the first route in it that fits.'),
  inhibit: inhibitRules.optional().describe('Which alerts explain which others, of which nobody is told meanwhile.'),
})

export type WrittenNotifications = z.input<typeof notificationsFile>
