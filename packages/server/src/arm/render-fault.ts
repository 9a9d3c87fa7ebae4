// The error envelope of Resource Manager. Source: contracts/azureml-rest.md §1 (Errors).

import type { Fault, FaultDetail, FaultInfo } from '#kernel/faults.ts';
import type { ArmReply } from './route.ts';

interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string; readonly target?: string; readonly details?: readonly FaultDetail[]; readonly additionalInfo?: readonly FaultInfo[] };
}

export function faultBody(fault: Fault): ErrorBody {
  return {
    error: {
      code: fault.code,
      message: fault.message,
      ...(fault.target === undefined ? {} : { target: fault.target }),
      ...(fault.details.length === 0 ? {} : { details: fault.details }),
      ...(fault.additionalInfo.length === 0 ? {} : { additionalInfo: fault.additionalInfo }),
    },
  };
}

export function renderArmFault(fault: Fault): ArmReply {
  return { status: fault.status, headers: { 'x-ms-error-code': fault.code, ...fault.headers }, body: faultBody(fault) };
}
