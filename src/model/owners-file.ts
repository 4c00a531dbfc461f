import * as z from 'zod'
import { contactPoints } from './contact-point-shapes.ts'
import { escalation } from './escalation.ts'
import { quietHours } from './quiet-hours.ts'
import { rota } from './rota-file.ts'
import { localText, mapping, name, named, noted, text } from './shapes.ts'

const texts = noted(z.array(text), 'a list of texts, [a, b]', '文本的列表，[a, b]')

/** What owners.yaml may say: the people and teams that processes, stages, metrics and rules name as their owner. */
export const ownersFile = named(
  name,
  mapping(
    {
      title: localText,
      members: texts.default([]).describe('User names of the people who belong to it.'),
      contact_points: contactPoints.default([]).describe('Where its alerts go.'),
      escalation: escalation.optional().describe('Who else is told of its alerts that nobody takes.'),
      rota: rota.optional().describe('Whose contact points are told; those that are not in it are told always.'),
      quiet_hours: quietHours.optional().describe('When its contact points are not told that an alert is open.'),
    },
    ['calendar'],
  ),
  { en: 'names to owners', zh: '名称到负责人' },
)
