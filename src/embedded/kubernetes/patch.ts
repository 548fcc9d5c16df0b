import jsonPatch, { type Operation } from 'fast-json-patch';
import type { KubernetesObject } from './objects.js';
import { badRequest, unprocessable } from './status.js';
import { strategicMerge } from './strategic.js';

export const jsonPatchType = 'application/json-patch+json';
export const mergePatchType = 'application/merge-patch+json';
export const strategicPatchType = 'application/strategic-merge-patch+json';
export const applyPatchTypes: readonly string[] = ['application/apply-patch+yaml', 'application/apply-patch+json'];

/**
 * An object with a patch applied.
 *
 * @throws ApiError 422 where a JSON patch does not fit the object, 400 where the patch itself makes no sense
 */
export function patched(current: KubernetesObject, type: string, patch: unknown): KubernetesObject {
  if (type === jsonPatchType) return applyOperations(current, patch);
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) {
    throw badRequest(
      'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
    );
  }
  const merged = type === mergePatchType ? mergePatch(current, patch) : strategicMerge(current, patch);
  return merged as KubernetesObject;
}

function applyOperations(current: KubernetesObject, patch: unknown): KubernetesObject {
  if (!Array.isArray(patch)) {
    throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  }
  try {
    return jsonPatch.applyPatch(jsonPatch.deepClone(current), patch as Operation[], true, true).newDocument;
  } catch (error) {
    if (error instanceof jsonPatch.JsonPatchError) throw unprocessable();
    throw error;
  }
}

/** RFC 7386: null removes, maps are merged, everything else replaces. */
export function mergePatch(current: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const merged: Record<string, unknown> = isMap(current) ? { ...current } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergePatch(merged[name], value);
  }
  return merged;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
