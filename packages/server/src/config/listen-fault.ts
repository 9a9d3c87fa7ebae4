// listenFault: why an address could not be listened on, for the person who chose it.

import { Fault } from '#kernel/faults.ts';

/** The error as a Fault that says what to choose instead; what is not about the address is returned unchanged. */
export function listenFault(error: NodeJS.ErrnoException, host: string, port: number): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new Fault('conflict', 'PortInUse', `Port ${port} on ${host} is taken by another program. Choose another with --port, or stop that program.`, { cause: error });
    case 'EACCES':
      return new Fault('forbidden', 'PortNotAllowed', `This user may not listen on port ${port}. Choose a port of 1024 or above with --port.`, { cause: error });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new Fault('invalid', 'HostNotHere', `${host} is no address of this machine. Give --host one that is: 127.0.0.1 is reached from here only, 0.0.0.0 from everywhere.`, { cause: error });
    default:
      return error;
  }
}
