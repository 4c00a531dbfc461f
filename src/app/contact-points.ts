// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this file is about texts that hold ${…}
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { ContactPoint, Owner } from '../model/definitions.ts'
import { type Problem, type Report, reportTo } from '../model/problem.ts'
import { isForbiddenAddress } from '../notify/webhook/forbidden-addresses.ts'
import { keyOf } from '../notify/webhook/signature.ts'
import { type References, resolveText } from './config/references.ts'
import { Mistakes } from './mistakes.ts'

/** A contact point with what its references stand for: not to be logged, shown or kept. */
export type ResolvedContactPoint = {
  readonly kind: ContactPoint['kind']
  readonly url: URL
  readonly key: Buffer | undefined
}

/** How a contact point is named in messages, journal and API. */
export const contactPointName = (owner: string, { name }: ContactPoint): string => `${owner}/${name}`

/**
 * The contact points of all owners, by name. `check` does without this, so that it needs no secrets.
 *
 * @param referencesFrom where a file's references are looked up; this process's environment and files by default.
 * @throws Mistakes with all that is wrong. No message quotes what a reference stands for.
 */
export function resolveContactPoints(
  owners: ReadonlyMap<string, Owner>,
  referencesFrom: (file: string) => References = ownReferences,
): Map<string, ResolvedContactPoint> {
  const problems: Problem[] = []
  const report = reportTo(problems)
  const resolved = new Map<string, ResolvedContactPoint>()
  for (const { key: owner, contactPoints } of owners.values()) {
    for (const contactPoint of contactPoints) {
      const found = resolveOne(contactPoint, referencesFrom(contactPoint.position.file), report)
      if (found !== undefined) resolved.set(contactPointName(owner, contactPoint), found)
    }
  }
  if (problems.length > 0) throw new Mistakes(problems)
  return resolved
}

function resolveOne(
  { kind, url: written, secret, position }: ContactPoint,
  references: References,
  report: Report,
): ResolvedContactPoint | undefined {
  const before: Problem[] = []
  const textOf = (text: string) => resolveText(text, () => position, references, reportTo(before))
  const address = textOf(written)
  const secretText = secret === undefined ? undefined : textOf(secret)
  for (const { message, remedy } of before) report(position, message, remedy && { remedy })
  if (before.length > 0) return undefined
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    report(position, {
      en: `"webhook" must be an address such as https://example.com/hook, not what ${written} stands for`,
      zh: `"webhook" 应为地址，例如 https://example.com/hook，而不是 ${written} 所代表的内容`,
    })
    return undefined
  }
  if (isForbiddenAddress(url.hostname)) {
    report(position, {
      en: '"webhook" leads to a link-local address or the metadata service of a cloud, where no message is sent',
      zh: '"webhook" 指向链路本地地址或云的元数据服务，不会向那里发送消息',
    })
  }
  const key = secretText === undefined ? undefined : keyOf(secretText)
  if (secretText !== undefined && key === undefined) {
    report(
      position,
      {
        en: `"secret" must be whsec_ and 24 to 64 bytes in base64, not what ${secret} stands for`,
        zh: `"secret" 应为 whsec_ 加 base64 编码的 24 到 64 个字节，而不是 ${secret} 所代表的内容`,
      },
      {
        remedy: {
          en: 'make one: echo "whsec_$(openssl rand -base64 32)"',
          zh: '生成方法：echo "whsec_$(openssl rand -base64 32)"',
        },
      },
    )
  }
  return { kind, url, key }
}

const ownReferences = (file: string): References => ({
  env: name => process.env[name],
  readFile: path => readFileSync(resolve(dirname(file), path), 'utf8'),
})
