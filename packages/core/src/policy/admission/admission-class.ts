/** How much it matters that a call is served when not all can be: `critical` before `default` before `sheddable`. */
export type AdmissionClass = 'critical' | 'default' | 'sheddable';

/** What matters most first. */
export const admissionClasses: readonly AdmissionClass[] = ['critical', 'default', 'sheddable'];
