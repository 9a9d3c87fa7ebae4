// The inverse modulo a prime.

/** Extended Euclid. `value` is random or public. */
export function inverse(value: bigint, modulus: bigint): bigint {
  let [low, high] = [value % modulus, modulus];
  let [a, b] = [1n, 0n];
  while (low > 1n) {
    const quotient = high / low;
    [low, high] = [high - quotient * low, low];
    [a, b] = [b - quotient * a, a];
  }
  return ((a % modulus) + modulus) % modulus;
}
