// How people sign in: passwords, devices, an external provider. The entry to `people/`.

export { createDeviceCodes, type DeviceCodes, deviceCodeSeconds, pollSeconds } from './people/device-codes.ts';
export { createExternalProvider, type ExternalAttempt, type ExternalDeps, type ExternalProvider } from './people/external-provider.ts';
export { createPasswords, type Passwords, preparePassword } from './people/passwords.ts';
