import * as z from 'zod'
import type { Report } from '../../model/problem.ts'
import { choice, mapping, noted } from '../../model/shapes.ts'
import type { YamlFile } from '../../model/yaml-file.ts'
import { AddressPolicy, type AllowedTarget } from '../../notify/http/address-policy.ts'

/** The Alertmanager that is told of what fires. */
export type AlertmanagerConfig = {
  /** All of its members: they are not to be behind a balancer. */
  readonly members: readonly URL[]
  /** Of its annotations. */
  readonly language: 'en' | 'zh'
}

const member = noted(
  z.string().regex(/^https?:\/\/[^\s?#]+$/),
  'the address of an Alertmanager, http://alertmanager:9093',
  'Alertmanager 的地址，http://alertmanager:9093',
)

export const alertmanagerSlice = mapping({
  members: noted(
    z.array(member).min(1),
    'a list of addresses, [http://alertmanager:9093]',
    '地址的列表，[http://alertmanager:9093]',
  ),
  language: choice(['en', 'zh']).default('en'),
})

export function checkAlertmanager(
  { members, language }: z.output<typeof alertmanagerSlice>,
  allow: readonly AllowedTarget[],
  file: YamlFile,
  report: Report,
): AlertmanagerConfig {
  const policy = new AddressPolicy(allow)
  const urls = members.flatMap((written, index) => {
    const url = URL.canParse(written) ? new URL(written) : undefined
    const problem = url === undefined ? undefined : policy.problemOf(url)
    if (url !== undefined && problem === undefined) return [url]
    report(
      file.valueAt(['notify', 'alertmanager', 'members', index]),
      url === undefined
        ? { en: 'it is no address that can be read', zh: '无法识别的地址' }
        : {
            en: 'nothing may be sent there: it is by http, or not a public address',
            zh: '不允许发送到该处：使用了 http，或不是公网地址',
          },
      { remedy: { en: 'use https, or allow it in notify.allow', zh: '请使用 https，或在 notify.allow 中允许该目标' } },
    )
    return []
  })
  return { members: urls, language }
}
