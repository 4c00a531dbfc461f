// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this file is about texts that hold ${…}
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Channel, ContactPoint, Owner, TaskChannel } from '../model/definitions.ts'
import type { Bilingual } from '../model/local-text.ts'
import { type Problem, type Report, reportTo } from '../model/problem.ts'
import { keyOf } from '../notify/channels/webhook-signature.ts'
import { AddressPolicy } from '../notify/http/address-policy.ts'
import type { NotifyConfig } from './config/notify.ts'
import { type References, resolveText } from './config/references.ts'
import { Mistakes } from './mistakes.ts'

/** A contact point with what its references stand for: not to be logged, shown or kept. */
export type ResolvedContactPoint = Pick<ContactPoint, 'language' | 'perMinute'> &
  (
    | {
        readonly kind: 'webhook'
        readonly url: URL
        readonly key: Buffer | undefined
        readonly format: 'cloudevents' | 'alertmanager'
      }
    | { readonly kind: 'slack' | 'wecom'; readonly url: URL }
    | { readonly kind: 'feishu' | 'dingtalk'; readonly url: URL; readonly secret: string | undefined }
    | { readonly kind: 'pagerduty'; readonly url: URL; readonly routingKey: string }
    | { readonly kind: 'email'; readonly to: readonly string[] }
    | (Pick<TaskChannel, 'kind' | 'create' | 'update' | 'close'> & {
        readonly url: URL
        readonly headers: Readonly<Record<string, string>>
      })
  )

/** How a contact point is named in messages, journal and API. */
export const contactPointName = (owner: string, { name }: ContactPoint): string => `${owner}/${name}`

export type ResolvingOptions = Pick<NotifyConfig, 'allow' | 'email'> & {
  /** Where a file's references are looked up; this process's environment and files by default. */
  readonly referencesFrom?: (file: string) => References
}

/**
 * The contact points of all owners, by name. `check` does without this, so that it needs no secrets.
 *
 * @throws Mistakes with all that is wrong. No message quotes what a reference stands for.
 */
export function resolveContactPoints(
  owners: ReadonlyMap<string, Owner>,
  { allow, email, referencesFrom = ownReferences }: ResolvingOptions,
): Map<string, ResolvedContactPoint> {
  const problems: Problem[] = []
  const report = reportTo(problems)
  const policy = new AddressPolicy(allow)
  const resolved = new Map<string, ResolvedContactPoint>()
  for (const { key: owner, contactPoints } of owners.values()) {
    for (const contactPoint of contactPoints) {
      const one = new Resolving(contactPoint.position, referencesFrom(contactPoint.position.file), policy, report)
      const channel = channelOf(contactPoint, one, email !== undefined)
      const { language, perMinute } = contactPoint
      if (channel !== undefined) {
        resolved.set(contactPointName(owner, contactPoint), { language, perMinute, ...channel })
      }
    }
  }
  if (problems.length > 0) throw new Mistakes(problems)
  return resolved
}

type ResolvedChannel = ResolvedContactPoint extends infer One
  ? One extends ResolvedContactPoint
    ? Omit<One, 'language' | 'perMinute'>
    : never
  : never

const PAGERDUTY_EVENTS = 'https://events.pagerduty.com/v2/enqueue'

function channelOf(channel: Channel, one: Resolving, hasMailServer: boolean): ResolvedChannel | undefined {
  const { kind } = channel
  switch (kind) {
    case 'webhook': {
      const [url, key] = [one.address('webhook', channel.url), one.signingKey(channel.secret)]
      return url && { kind, url, key, format: channel.format }
    }
    case 'slack':
    case 'wecom': {
      const url = one.address(kind, channel.url)
      return url && { kind, url }
    }
    case 'feishu':
    case 'dingtalk': {
      const [url, secret] = [one.address(kind, channel.url), one.secret('secret', channel.secret)]
      return url && { kind, url, secret }
    }
    case 'pagerduty': {
      const url = one.address('url', channel.url ?? PAGERDUTY_EVENTS)
      const routingKey = one.secret('pagerduty', channel.routingKey)
      return url && routingKey === undefined ? undefined : url && { kind, url, routingKey: routingKey ?? '' }
    }
    case 'task': {
      const { create, update, close } = channel
      const url = one.address('task', channel.url)
      const headers = one.headers(channel)
      return url && headers && { kind, url, headers, create, update, close }
    }
    case 'email':
      if (!hasMailServer) one.withoutMailServer()
      return { kind, to: channel.to }
  }
}

/** Looks up what one contact point refers to, and tells what is wrong with it at its place. */
class Resolving {
  readonly #position: Problem['position']
  readonly #references: References
  readonly #policy: AddressPolicy
  readonly #report: Report

  constructor(position: Problem['position'], references: References, policy: AddressPolicy, report: Report) {
    this.#position = position
    this.#references = references
    this.#policy = policy
    this.#report = report
  }

  /** @returns undefined where it is none, or none where messages may go; that has been told then. */
  address(key: string, written: string): URL | undefined {
    const text = this.#textOf(written)
    if (text === undefined) return undefined
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url === undefined || !/^https?:$/.test(url.protocol)) {
      this.#tell({
        en: `"${key}" must be an address such as https://example.com/hook, not what ${written} stands for`,
        zh: `"${key}" 应为地址，例如 https://example.com/hook，而不是 ${written} 所代表的内容`,
      })
      return undefined
    }
    const problem = this.#policy.problemOf(url)
    if (problem === undefined) return url
    this.#tell(
      {
        en: `"${key}" leads where no message is sent: ${reasons[problem.kind].en}`,
        zh: `"${key}" 指向不会发送消息的地方：${reasons[problem.kind].zh}`,
      },
      problem.kind === 'link-local' ? undefined : allowIt,
    )
    return undefined
  }

  /** @returns undefined where none is written, or what is written stands for nothing; that has been told then. */
  secret(key: string, written: string | undefined): string | undefined {
    const text = written === undefined ? undefined : this.#textOf(written)
    if (text !== '') return text
    this.#tell({ en: `"${key}" stands for an empty text`, zh: `"${key}" 所代表的是空文本` })
    return undefined
  }

  /** @returns undefined where one stands for what is no header; that has been told then. */
  headers({ authorization, headers }: TaskChannel): Readonly<Record<string, string>> | undefined {
    const written = { ...headers, ...(authorization !== undefined && { authorization }) }
    const resolved: Record<string, string> = {}
    for (const [name, text] of Object.entries(written)) {
      const value = this.secret(name, text)
      if (value === undefined) return undefined
      if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) {
        this.#tell({
          en: `"${name}" must be one line of Latin characters, not what ${text} stands for`,
          zh: `"${name}" 应为单行拉丁字符，而不是 ${text} 所代表的内容`,
        })
        return undefined
      }
      resolved[name] = value
    }
    return resolved
  }

  signingKey(written: string | undefined): Buffer | undefined {
    const text = written === undefined ? undefined : this.#textOf(written)
    const key = text === undefined ? undefined : keyOf(text)
    if (text !== undefined && key === undefined) {
      this.#tell(
        {
          en: `"secret" must be whsec_ and 24 to 64 bytes in base64, not what ${written} stands for`,
          zh: `"secret" 应为 whsec_ 加 base64 编码的 24 到 64 个字节，而不是 ${written} 所代表的内容`,
        },
        {
          en: 'make one: echo "whsec_$(openssl rand -base64 32)"',
          zh: '生成方法：echo "whsec_$(openssl rand -base64 32)"',
        },
      )
    }
    return key
  }

  withoutMailServer(): void {
    this.#tell(
      { en: 'no mail server is configured that could send to it', zh: '未配置可用于发送的邮件服务器' },
      {
        en: 'set notify.email in stagewatch.yaml: {host: …, from: …}',
        zh: '请在 stagewatch.yaml 中设置 notify.email：{host: …, from: …}',
      },
    )
  }

  /** @returns undefined where a reference leads nowhere; that has been told then. */
  #textOf(written: string): string | undefined {
    const found: Problem[] = []
    const text = resolveText(written, () => this.#position, this.#references, reportTo(found))
    for (const { message, remedy } of found) this.#tell(message, remedy)
    return found.length > 0 ? undefined : text
  }

  #tell(message: Bilingual, remedy?: Bilingual): void {
    this.#report(this.#position, message, remedy && { remedy })
  }
}

const reasons: Readonly<Record<'link-local' | 'inside' | 'http', Bilingual>> = {
  'link-local': {
    en: 'a link-local address, or the metadata service of a cloud',
    zh: '链路本地地址，或云的元数据服务',
  },
  inside: { en: 'an address that is not public', zh: '非公网地址' },
  http: { en: 'by http everybody on the way can read it', zh: '使用 http 时途中任何人都能读到' },
}

const allowIt: Bilingual = {
  en: 'use https and a public address, or allow the target in stagewatch.yaml: notify: {allow: [10.0.0.0/8, hooks.internal]}',
  zh: '请使用 https 和公网地址，或在 stagewatch.yaml 中允许该目标：notify: {allow: [10.0.0.0/8, hooks.internal]}',
}

const ownReferences = (file: string): References => ({
  env: name => process.env[name],
  readFile: path => readFileSync(resolve(dirname(file), path), 'utf8'),
})
