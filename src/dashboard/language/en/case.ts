import type { CaseWords } from '../catalogue/case.ts'

export const caseWords: CaseWords = {
  lookup: {
    title: 'Find a case',
    label: 'Case id',
    find: 'Find',
    hint: 'Type an id as its producer writes it to see every stage that the case went through.',
    visit: number => `visit ${number}`,
    over: 'over target',
    cut: 'The first 500 visits are shown.',
    deadline: {
      due: at => `due ${at}`,
      late: share => `late with ${share}`,
      state: {
        on_time: 'on time',
        due_soon: 'will probably be late',
        overdue: 'overdue',
        met: 'met',
        met_late: 'met late',
        unknown: 'not known yet whether in time',
      },
      within: stage => `in ${stage}`,
      after: stage => `after ${stage}`,
    },
    inStage: 'now in',
    done: 'no open visit',
    asOf: at => `as of ${at}`,
    wait: (after, before) => `Between ${after} and ${before}`,
    waited: 'in no stage',
    target: target => `target ${target}`,
    from: (start, end) => `${start} – ${end}`,
    openSince: start => `since ${start}`,
    attributes: 'What its events say',
  },
}
