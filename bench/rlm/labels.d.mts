export declare function labelOf(kind: string, id: string): string;
