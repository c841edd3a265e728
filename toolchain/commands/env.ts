export async function env(): Promise<number> { console.log("x"); return 0; }
