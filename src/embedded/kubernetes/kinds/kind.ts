import type { KubernetesObject } from '../objects.js';
import type { FieldError } from '../status.js';

/** Addresses that the API server hands out. */
export interface Allocator {
  clusterIP(): string;
  nodePort(): number;
}

/** What is special about a kind when one of its objects is written. */
export interface Kind {
  /** Fills in what the writer left out; `current` is the object that is being replaced. */
  defaults?(object: KubernetesObject, allocator: Allocator, current: KubernetesObject | undefined): KubernetesObject;
  /** The mistakes in an object, all of them. */
  validate?(object: KubernetesObject, current: KubernetesObject | undefined): FieldError[];
}

export const missing = (field: string, hint = ''): FieldError => ({
  field,
  reason: 'FieldValueRequired',
  message: hint === '' ? 'Required value' : `Required value: ${hint}`,
});

export const wrong = (field: string, value: unknown, why: string): FieldError => ({
  field,
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${typeof value === 'string' && value.startsWith('\u0000') ? value.slice(1) : JSON.stringify(value)}: ${why}`,
});

/** A value that a message shows as it is, not as JSON (the real server prints some values as Go would). */
export const literal = (text: string): string => `\u0000${text}`;
