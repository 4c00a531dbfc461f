import type { DeedKind } from '../../state/deeds.ts'
import type { With } from './with.ts'

/** What the reader can do to an alert. */
export type DeedsWords = {
  readonly deeds: {
    readonly title: string
    /** On the button that does it, or that opens the form for it. */
    readonly does: Readonly<Record<DeedKind | 'endSnooze', string>>
    readonly verdicts: Readonly<Record<'useful' | 'false_alarm', string>>
    readonly over: string
    readonly sending: string
    readonly failed: string
    readonly notSure: string
    readonly tryAgain: string
    readonly dismiss: string
    readonly done: With<[deed: string]>
    readonly cancel: string
    readonly name: string
    readonly nameNote: string
    readonly as: With<[name: string]>
    readonly otherName: string
    readonly notAllowed: string
    readonly to: string
    readonly toMe: string
    readonly toNobody: string
    readonly howLong: string
    readonly until: With<[duration: string, until: string]>
    readonly untilOther: With<[zone: string]>
    readonly noInstant: string
    readonly text: string
    readonly cause: string
    readonly more: string
    readonly moreNeeded: string
    readonly matches: string
    readonly matchesNothing: string
    readonly why: string
    readonly silenceNote: string
  }
}
