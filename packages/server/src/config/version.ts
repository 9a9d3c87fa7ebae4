// The version of this Lazurite, in the clear: a package.json is not where the published form looks for it.

export const version = '0.1.0';
