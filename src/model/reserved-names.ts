/** The rule on a process's own time, which every process has: no rule of a file may be called so. */
export const HELD_TIME_RULE = 'time_held'
