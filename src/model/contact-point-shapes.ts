// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this file is about texts that hold ${…}
import * as z from 'zod'
import { choice, mapping, name, noted, notedSecret, text, toldByKey, wholeNumber } from './shapes.ts'
import { taskChange, taskCreation } from './task-requests.ts'

/*
 * How the contact points of owners.yaml are written: each is a mapping, and its channel is the key that names its address.
 */

const reference = '\\$\\{(env|file):[^}]+\\}'

const address = noted(
  z.string().regex(new RegExp(`^(https?://|${reference})\\S*$`)),
  'an address such as https://example.com/hook, parts of which may be ${env:NAME}',
  '地址，例如 https://example.com/hook，其中可以使用 ${env:NAME}',
)

/** Whoever has the address of a bot can write to its room. */
const secretAddress = notedSecret(
  z.string().regex(new RegExp(`^(https?://\\S*)?${reference}\\S*$`)),
  'an address with a reference in place of its secret part, https://…/${env:NAME}',
  '机密部分使用引用的地址，https://…/${env:NAME}',
)

const secret = notedSecret(
  z.string().regex(new RegExp(`^${reference}$`)),
  'a reference, ${env:NAME} or ${file:path}',
  '引用 ${env:NAME} 或 ${file:path}',
)

const mailbox = noted(
  z.string().regex(/^[^\s@<>,;]+@[^\s@<>,;]+$/),
  'a mail address such as ops@example.com',
  '邮件地址，例如 ops@example.com',
)

const listOfMailboxes = noted(
  z.array(mailbox).min(1).max(50),
  'a list of mail addresses, [ops@example.com]',
  '邮件地址的列表，[ops@example.com]',
)

const mailboxes = noted(z.union([mailbox, listOfMailboxes]), 'a mail address, or a list of them', '邮件地址，或其列表')

const member = text.optional().describe('Whose it is: a member of the owner, for his turns of the rota.')

const common = {
  member,
  name: name
    .optional()
    .describe('Names it among the contact points of the owner. Default: that of its channel; webhook, webhook-2, …'),
  per_minute: wholeNumber(1, 6_000)
    .optional()
    .describe('Requests in a minute at most. Default: webhook 600, the others 60.'),
}

const language = choice(['en', 'zh']).optional().describe('Of what is written there. Default: en.')

const bot = { name: common.name, member, language }

const webhook = mapping({
  webhook: address.describe('Messages go there by HTTP POST, as JSON; docs/notifications.md describes them.'),
  secret: secret.optional().describe('Signs the messages: whsec_ and 24 to 64 random bytes in base64.'),
  format: choice(['cloudevents', 'alertmanager'])
    .optional()
    .describe("CloudEvents (the default), or the body of Alertmanager's webhooks, version 4."),
  language: language.describe('Of the annotations of format alertmanager. Default: en.'),
  ...common,
})

const slack = mapping({ slack: secretAddress.describe('An incoming webhook of Slack.'), language, ...common })

const feishu = mapping({
  feishu: secretAddress.describe('The webhook of a custom bot of Feishu or Lark.'),
  secret: secret.optional().describe('Where the bot wants its messages signed.'),
  ...bot,
})

const dingtalk = mapping({
  dingtalk: secretAddress.describe('The webhook of a custom bot of DingTalk.'),
  secret: secret.optional().describe('Where the bot wants its messages signed.'),
  ...bot,
})

const wecom = mapping({ wecom: secretAddress.describe('The webhook of a group bot of WeCom.'), ...bot })

const pagerduty = mapping({
  pagerduty: secret.describe('The integration key of a service (Events API v2).'),
  url: address.optional().describe('Of the Events API. Default: https://events.pagerduty.com/v2/enqueue.'),
  language,
  ...common,
})

const email = mapping({
  email: mailboxes.describe('To whom; the server stands in stagewatch.yaml, notify.email.'),
  language,
  ...common,
})

const headers = noted(
  z.record(
    z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
    noted(z.string().regex(/^[^\r\n]+$/), 'a text on one line', '单行文本'),
  ),
  'a mapping from names of headers to texts',
  '请求头名称到文本的映射',
)

const task = mapping({
  task: address.describe('Of an API that keeps tasks: Jira, GitHub, a system of the house. Paths stand below it.'),
  authorization: notedSecret(
    z.string().regex(new RegExp(`^[^\\r\\n]*${reference}[^\\r\\n]*$`)),
    'a text with a reference in place of the secret, Bearer ${env:NAME}',
    '机密部分使用引用的文本，Bearer ${env:NAME}',
  )
    .optional()
    .describe('The header of that name.'),
  headers: headers.optional().describe('Other headers.'),
  create: taskCreation.describe('Makes a task when an alert fires.'),
  update: taskChange.optional().describe('Tells its task when an alert fires again, or lacks data.'),
  close: taskChange.optional().describe('Tells its task when an alert is over.'),
  language,
  ...common,
})

export const contactPoint = toldByKey({ webhook, slack, feishu, dingtalk, wecom, pagerduty, email, task })

export const contactPoints = noted(
  z.array(contactPoint),
  'a list of contact points, [{webhook: https://…}]',
  '联系方式的列表，[{webhook: https://…}]',
)
