import * as z from 'zod'
import { mapping, noted } from './shapes.ts'

/*
 * What notifications.yaml may say under `inhibit`: which alerts explain which others, of which nobody is told meanwhile. The
 * words are those of Alertmanager's `inhibit_rules`, and so is their meaning.
 */

const matcher = noted(
  z.string().min(1).max(2_000),
  'a matcher such as severity="critical" or warehouse=~"WH-.*"',
  '匹配器，例如 severity="critical" 或 warehouse=~"WH-.*"',
)

const matchers = noted(
  z.array(matcher).min(1).max(20),
  'a list of 1 to 20 matchers, [severity="critical"]',
  '1 至 20 个匹配器的列表，[severity="critical"]',
)

const label = noted(z.string().min(1).max(200), 'the name of a label', '标签名')

const equal = noted(
  z.array(label).max(20),
  'a list of at most 20 labels, [process, warehouse]',
  '最多 20 个标签的列表，[process, warehouse]',
)

const rule = mapping({
  source_matchers: matchers.describe('Alerts that explain others while they are open. All matchers have to fit.'),
  target_matchers: matchers.describe('Alerts that nobody is told of meanwhile. All matchers have to fit.'),
  equal: equal
    .default([])
    .describe('Labels that have the same value in both, or are in neither. Default: [], whatever their labels.'),
})

export const inhibitRules = noted(
  z.array(rule).max(200),
  'a list of at most 200 rules, [{source_matchers: […], target_matchers: […], equal: […]}]',
  '最多 200 条规则的列表，[{source_matchers: […], target_matchers: […], equal: […]}]',
)

export type WrittenInhibitRule = z.input<typeof rule>
