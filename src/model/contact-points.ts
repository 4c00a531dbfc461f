import * as z from 'zod'
import type { ContactPoint } from './definitions.ts'
import type { Report } from './problem.ts'
import { mapping, name, noted, notedSecret } from './shapes.ts'
import type { YamlFile } from './yaml-file.ts'

const reference = '\\$\\{(env|file):[^}]+\\}'

const address = noted(
  z.string().regex(new RegExp(`^(https?://|${reference})\\S*$`)),
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is what the user writes
  'an address such as https://example.com/hook, parts of which may be ${env:NAME}',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is what the user writes
  '地址，例如 https://example.com/hook，其中可以使用 ${env:NAME}',
)

const secret = notedSecret(
  z.string().regex(new RegExp(`^${reference}$`)),
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is what the user writes
  'a reference, ${env:NAME} or ${file:path}',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is what the user writes
  '引用 ${env:NAME} 或 ${file:path}',
)

/** Each channel will be a mapping of its own, told by its first key; webhooks are the first one. */
const webhook = mapping(
  {
    webhook: address.describe('Messages go there by HTTP POST, as JSON; docs/notifications.md describes them.'),
    secret: secret.optional().describe('Signs the messages: whsec_ and 24 to 64 random bytes in base64.'),
    name: name.optional().describe('Names it among the contact points of the owner. Default: webhook, webhook-2, …'),
  },
  ['email', 'feishu', 'dingtalk', 'wecom', 'slack', 'pagerduty'],
)

export const contactPoints = noted(
  z.array(webhook),
  'a list of contact points, [{webhook: https://…}]',
  '联系方式的列表，[{webhook: https://…}]',
)

/**
 * The contact points of one owner. Two of the same name are reported: what waits for one would go to the other.
 *
 * @param owner key of the owner in the file.
 */
export function buildContactPoints(
  slice: z.output<typeof contactPoints>,
  owner: string,
  file: YamlFile,
  report: Report,
): ContactPoint[] {
  const taken = new Set<string>()
  let unnamed = 0
  return slice.map(({ webhook: url, secret: key, name: given }, index) => {
    if (given === undefined) unnamed++
    const own = given ?? (unnamed === 1 ? 'webhook' : `webhook-${unnamed}`)
    const path = [owner, 'contact_points', index]
    if (taken.has(own)) {
      report(
        file.valueAt(path),
        { en: `"${owner}" has a contact point "${own}" already`, zh: `"${owner}" 已有联系方式 "${own}"` },
        { remedy: { en: 'give it a "name" of its own', zh: '请用 "name" 另取名称' } },
      )
    }
    taken.add(own)
    return { kind: 'webhook', name: own, url, secret: key, position: file.valueAt(path) }
  })
}
