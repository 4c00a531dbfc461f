import * as z from 'zod'
import type { Json } from '../event/json.ts'
import type { TaskRequest } from './definitions.ts'
import type { Report } from './problem.ts'
import { choice, fieldPath, mapping, noted } from './shapes.ts'
import { placeProblems, taskPlaces } from './task-template.ts'
import type { YamlFile, YamlPath } from './yaml-file.ts'

/** How a task is made, told of and closed by the API of whatever keeps it. */

const path = noted(
  z.string().regex(/^(\/([^\s{}]|\{\{[^{}]*\}\})*)?$/),
  'a path below the address, /issue/{{ id }}/comment',
  '地址之下的路径，/issue/{{ id }}/comment',
)

const body = noted(
  z.record(z.string(), z.unknown()),
  'a mapping that is sent as JSON, with places such as {{ title }} in its texts',
  '以 JSON 发送的映射，其文本中可使用 {{ title }} 等占位',
)

const method = choice(['POST', 'PUT', 'PATCH']).default('POST')

const requestKeys = {
  method,
  path: path.default('').describe('Below the address; {{ id }} is the task.'),
  body: body.describe(`What is sent; its texts may have {{ ${taskPlaces.join(' }}, {{ ')} }}.`),
}

export const taskCreation = mapping({
  ...requestKeys,
  id: fieldPath.describe('Where the answer has the id of the task.'),
})

export const taskChange = mapping(requestKeys)

type WrittenRequest = z.output<typeof taskChange>

/** @param hasId whether the task is there already, so that it can be named. */
export function buildTaskRequest(
  { method: verb, path: below, body: written }: WrittenRequest,
  hasId: boolean,
  at: YamlPath,
  file: YamlFile,
  report: Report,
): TaskRequest {
  const known = taskPlaces.filter(name => hasId || name !== 'id')
  const check = (value: unknown, where: YamlPath): void => {
    if (typeof value === 'string') {
      for (const { offset, message, remedy } of placeProblems(value, known)) {
        report(file.valueAt(where, offset), message, remedy && { remedy })
      }
    } else if (typeof value === 'object' && value !== null) {
      const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
      for (const [key, item] of entries) check(item, [...where, key])
    }
  }
  check(below, [...at, 'path'])
  check(written, [...at, 'body'])
  return { method: verb, path: below, body: written as Json }
}
