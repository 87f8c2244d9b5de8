export default function Page() {
  return <p>node-next-export</p>
}
