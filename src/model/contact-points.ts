import type * as z from 'zod'
import type { contactPoint, contactPoints } from './contact-point-shapes.ts'
import type { Channel, ContactPoint } from './definitions.ts'
import type { Report } from './problem.ts'
import { buildTaskRequest } from './task-requests.ts'
import type { YamlFile, YamlPath } from './yaml-file.ts'

export type WrittenContactPoint = z.output<typeof contactPoint>

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
  const unnamed = new Map<Channel['kind'], number>()
  return slice.map((written, index) => {
    const path = [owner, 'contact_points', index]
    const channel = channelOf(written, path, file, report)
    const { kind } = channel
    if (written.name === undefined) unnamed.set(kind, (unnamed.get(kind) ?? 0) + 1)
    const nth = unnamed.get(kind) ?? 1
    const own = written.name ?? (nth === 1 ? kind : `${kind}-${nth}`)
    if (taken.has(own)) {
      report(
        file.valueAt(path),
        { en: `"${owner}" has a contact point "${own}" already`, zh: `"${owner}" 已有联系方式 "${own}"` },
        { remedy: { en: 'give it a "name" of its own', zh: '请用 "name" 另取名称' } },
      )
    }
    taken.add(own)
    if (channel.kind === 'webhook' && channel.format === 'cloudevents' && written.language !== undefined) {
      report(
        file.keyAt([...path, 'language']),
        {
          en: '"language" says nothing where "format" is cloudevents: such a message has its texts in every language',
          zh: '"format" 为 cloudevents 时 "language" 不起作用：消息中包含所有语言的文本',
        },
        { remedy: { en: 'leave it out', zh: '请删除' } },
      )
    }
    const perMinute = 'per_minute' in written ? written.per_minute : undefined
    const { member, language = 'en' } = written
    const common = { name: own, ...(member !== undefined && { member }), language, perMinute }
    return { ...common, position: file.valueAt(path), ...channel }
  })
}

function channelOf(written: WrittenContactPoint, path: YamlPath, file: YamlFile, report: Report): Channel {
  if ('webhook' in written) {
    return { kind: 'webhook', url: written.webhook, secret: written.secret, format: written.format ?? 'cloudevents' }
  }
  if ('slack' in written) return { kind: 'slack', url: written.slack }
  if ('feishu' in written) return { kind: 'feishu', url: written.feishu, secret: written.secret }
  if ('dingtalk' in written) return { kind: 'dingtalk', url: written.dingtalk, secret: written.secret }
  if ('wecom' in written) return { kind: 'wecom', url: written.wecom }
  if ('pagerduty' in written) return { kind: 'pagerduty', routingKey: written.pagerduty, url: written.url }
  if ('task' in written) {
    const { task: url, authorization, headers = {}, create, update, close } = written
    const change = (key: 'update' | 'close', request: typeof update) =>
      request && buildTaskRequest(request, true, [...path, key], file, report)
    return {
      ...{ kind: 'task', url, authorization, headers },
      create: { ...buildTaskRequest(create, false, [...path, 'create'], file, report), id: create.id.split('.') },
      update: change('update', update),
      close: change('close', close),
    }
  }
  return { kind: 'email', to: typeof written.email === 'string' ? [written.email] : written.email }
}
