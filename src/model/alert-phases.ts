/** The states of an alert, as files name them; `AlertPhase` is their type. */
export const alertPhases = ['inactive', 'pending', 'firing', 'recovering', 'resolved', 'no_data'] as const
