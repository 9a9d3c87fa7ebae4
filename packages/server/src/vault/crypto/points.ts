// Points: sums and multiples on a short Weierstrass curve, in Jacobian coordinates. For public values only: the time it
// takes depends on them. Source: the usual formulas (Hankerson, Menezes, Vanstone, "Guide to ECC", §3.2).

import type { Curve } from './curves.ts';
import { inverse } from './inverse.ts';

/** (x / z², y / z³); undefined is the point at infinity. */
export interface Point {
  readonly x: bigint;
  readonly y: bigint;
  readonly z: bigint;
}

function reduce(value: bigint, p: bigint): bigint {
  const rest = value % p;
  return rest < 0n ? rest + p : rest;
}

function doublePoint({ p, a }: Curve, point: Point): Point | undefined {
  const { x, y, z } = point;
  if (y === 0n) return undefined;
  const yy = (y * y) % p;
  const s = (4n * x * yy) % p;
  const zz = (z * z) % p;
  const m = (3n * x * x + a * ((zz * zz) % p)) % p;
  const x3 = reduce(m * m - 2n * s, p);
  return { x: x3, y: reduce(m * (s - x3) - 8n * yy * yy, p), z: (2n * y * z) % p };
}

export function addPoints(curve: Curve, left: Point | undefined, right: Point | undefined): Point | undefined {
  if (left === undefined) return right;
  if (right === undefined) return left;
  const { p } = curve;
  const lzz = (left.z * left.z) % p;
  const rzz = (right.z * right.z) % p;
  const u1 = (left.x * rzz) % p;
  const s1 = (((left.y * rzz) % p) * right.z) % p;
  const h = reduce(right.x * lzz - u1, p);
  const r = reduce(((right.y * lzz) % p) * left.z - s1, p);
  if (h === 0n) return r === 0n ? doublePoint(curve, left) : undefined;
  const hh = (h * h) % p;
  const hhh = (hh * h) % p;
  const v = (u1 * hh) % p;
  const x3 = reduce(r * r - hhh - 2n * v, p);
  return { x: x3, y: reduce(r * (v - x3) - s1 * hhh, p), z: (((h * left.z) % p) * right.z) % p };
}

export function scalarMultiple(curve: Curve, point: Point, factor: bigint): Point | undefined {
  let sum: Point | undefined;
  for (const bit of factor.toString(2)) {
    sum = sum === undefined ? undefined : doublePoint(curve, sum);
    if (bit === '1') sum = addPoints(curve, sum, point);
  }
  return sum;
}

export function toAffine(curve: Curve, point: Point | undefined): { readonly x: bigint; readonly y: bigint } | undefined {
  if (point === undefined) return undefined;
  const { p } = curve;
  const zi = inverse(point.z, p);
  const zz = (zi * zi) % p;
  return { x: (point.x * zz) % p, y: (((point.y * zz) % p) * zi) % p };
}
