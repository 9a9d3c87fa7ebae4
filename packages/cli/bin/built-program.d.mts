export declare const PROGRAM_FOLDER: string;
export declare function builtProgram(): string | undefined;
