import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Problem } from "@/api/problem";
import { Button } from "@/ui/button";
import { Failure } from "@/ui/failure";
import { TextField } from "@/ui/field";
import { logIn } from "./session";

export function LoginForm({ onDone }: { onDone: () => void }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const login = useMutation({ mutationFn: () => logIn(email, password), onSuccess: onDone });
  const refused = login.error instanceof Problem && login.error.unauthorized;
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        login.mutate();
      }}
    >
      <TextField label="E-mail" type="email" name="email" autoComplete="username" required value={email} onChange={setEmail} />
      <TextField
        label="Password"
        type="password"
        name="password"
        autoComplete="current-password"
        required
        value={password}
        onChange={setPassword}
        error={refused ? "E-mail or password is wrong." : undefined}
      />
      {login.error && !refused && <Failure title="Could not log in" error={login.error} />}
      <Button type="submit" variant="primary" className="w-full" busy={login.isPending}>Log in</Button>
    </form>
  );
}
